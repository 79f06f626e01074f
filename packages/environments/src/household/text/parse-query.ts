import { IcrlError } from '@icrl/core'

/** `predicate(name:type, …)`; the predicate `not_p` means that `p` has been made false. */
export interface TextAtom {
  readonly predicate: string
  readonly args: readonly { readonly name: string; readonly type: string }[]
}

/**
 * Parses facts joined by `&`, as in the grammar's conditions and lists.
 *
 * @throws IcrlError `corrupt-file` if it is not of that form, `unsupported` for more than two
 * arguments
 * @example
 * parseQuery('openable(r:receptacle) & opened(r:receptacle)', 'example').length // 2
 */
export function parseQuery(text: string, where: string): TextAtom[] {
  return text.split('&').map((part) => {
    const match = /^\s*([\w-]+)\(([^()]*)\)\s*$/.exec(part)
    const args = match
      ? match[2]
          .split(',')
          .filter((arg) => arg.trim() !== '')
          .map((arg) => arg.split(':').map((word) => word.trim()))
      : []
    if (!match || args.some((arg) => arg.length !== 2)) {
      throw new IcrlError(`${where}: "${text.slice(0, 60)}" is not predicate(name:type, …) & ….`, {
        code: 'corrupt-file',
        remedy: 'Check the grammar.',
      })
    }
    if (args.length > 2)
      throw new IcrlError(`${where}: ${match[1]} with ${args.length} arguments.`, {
        code: 'unsupported',
        remedy: 'Use at most two.',
      })
    return { predicate: match[1].toLowerCase(), args: args.map(([name, type]) => ({ name, type })) }
  })
}
