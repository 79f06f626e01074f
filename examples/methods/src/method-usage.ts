// @ts-expect-error a module in JavaScript, without declarations
import { configuration, defaultOf } from '../../../scripts/configuration-page.mjs'
// @ts-expect-error a module in JavaScript, without declarations
import { declarationOf, ownMembers } from '../../../scripts/public-types.mjs'
import { exampleOf } from './docstring-of.ts'
import { markdownTable } from './result-tables.ts'
import type { System } from './systems.ts'

/** Where a method is written. */
export interface MethodSource {
  /** Its main export. */
  readonly main: string
  /** The file, and its text. */
  readonly file: string
  readonly source: string
}

interface Option {
  readonly name: string
  readonly text?: string
  readonly isOptional: boolean
  readonly defaultValue?: string
}

/** The part of a page between what a method computes and what was measured: an example, and its options. */
export function usageOf(
  { example, options }: System,
  { main, file, source }: MethodSource,
): string[] {
  const code = example ?? exampleOf(source, main)
  const type = options ?? `${main[0].toUpperCase()}${main.slice(1)}Options`
  return [
    '## How to use it',
    ...(code === undefined ? [] : [`\`\`\`ts\n${code}\n\`\`\``]),
    ...optionsOf(type, file),
  ]
}

/** A table of the options that a method has of its own; those that it shares are named. */
function optionsOf(type: string, file: string): string[] {
  const declaration = declarationOf(type, file)
  if (declaration === undefined) return []
  const own: Option[] = ownMembers(declaration)
  const rows = own.map((option) => [
    `\`${option.name}\``,
    inCell(defaultOf(option)),
    inCell(option.text ?? ''),
  ])
  const section = (configuration() as { title: string; type: string }[]).find(
    (it) => it.type === type,
  )
  const { title = '' } = section ?? {}
  const anchor = title.toLowerCase().replace(/`/g, '').replace(/ /g, '-')
  return [
    markdownTable(['option', 'default', 'what it does'], rows),
    ...(anchor
      ? [
          `With those of every ${title.startsWith('Program') ? 'program' : 'recipe'}: [configuration](../configuration.md#${anchor}).`,
        ]
      : []),
  ]
}

const inCell = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll(/\{@link (\S+?)\}/g, '`$1`')
