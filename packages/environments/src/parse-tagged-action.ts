/** An action found in a response. */
export interface TaggedAction {
  /** Name of the tag, without brackets. */
  readonly tag: string
  /** The text between the tags, without outer blanks. */
  readonly text: string
}

/**
 * The last `<tag>…</tag>` of a response, for any of the tags. It takes one pass over any response.
 *
 * This is the format of ICRL's released code: pairs from the left that do not overlap, of which the
 * last counts.
 *
 * @example
 * findTaggedAction('<think>…</think> <action> look </action>', ['action']) // { tag: 'action', text: 'look' }
 */
export function findTaggedAction(
  response: string,
  tags: readonly string[],
): TaggedAction | undefined {
  let found: TaggedAction | undefined
  let at = 0
  const openings = tags.map((tag) => ({
    tag,
    open: `<${tag}>`,
    close: `</${tag}>`,
    next: response.indexOf(`<${tag}>`),
  }))
  for (;;) {
    let first: (typeof openings)[number] | undefined
    for (const opening of openings) {
      if (opening.next >= 0 && opening.next < at) opening.next = response.indexOf(opening.open, at)
      if (opening.next >= 0 && (!first || opening.next < first.next)) first = opening
    }
    if (!first) return found
    const start = first.next + first.open.length
    const end = response.indexOf(first.close, start)
    if (end < 0) {
      // No later opening of this tag can be closed either.
      at = first.next + 1
      first.next = -1
    } else {
      found = { tag: first.tag, text: response.slice(start, end).trim() }
      at = end + first.close.length
    }
  }
}

/**
 * The last `<action>…</action>` of a response (or `<subagent>…</subagent>`, which counts alike),
 * without outer blanks.
 *
 * @example
 * parseTaggedAction('I look around. <action>look</action>') // 'look'
 */
export function parseTaggedAction(response: string): string | undefined {
  return findTaggedAction(response, ['action', 'subagent'])?.text
}
