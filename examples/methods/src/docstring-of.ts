import { IcrlError } from '@icrl/core'

/**
 * What the docstring of an exported function says, as Markdown: all but its tags. `{@link name}`
 * becomes `name` in code.
 *
 * @throws `missing-file` if the source exports no such function, or without a docstring
 */
export function docstringOf(source: string, name: string): string {
  const lines = linesOf(source, name)
  const tag = lines.findIndex((line) => /^@\w/.test(line))
  return lines
    .slice(0, tag < 0 ? undefined : tag)
    .join('\n')
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
    .replaceAll('\\@', '@')
    .trim()
}

/** The code of a docstring's `@example`; undefined if it has none. */
export function exampleOf(source: string, name: string): string | undefined {
  const lines = linesOf(source, name)
  const start = lines.indexOf('@example')
  if (start < 0) return undefined
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => /^@\w/.test(line))
  return rest
    .slice(0, end < 0 ? undefined : end)
    .join('\n')
    .trim()
}

function linesOf(source: string, name: string): string[] {
  const at = new RegExp(`^export (?:async )?(?:function\\*?|const) ${name}\\b`, 'm').exec(
    source,
  )?.index
  const end = at === undefined ? -1 : source.lastIndexOf('*/', at)
  const start = source.lastIndexOf('/**', end)
  if (at === undefined || start < 0 || source.slice(end + 2, at).trim() !== '')
    throw new IcrlError(`there is no docstring of "${name}".`, {
      code: 'missing-file',
      remedy: 'Write one right before `export function`, or name another export.',
    })
  return source
    .slice(start + 3, end)
    .split('\n')
    .map((line) => line.replace(/^ ?\* ?/, '').trimEnd())
}
