import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Json } from '@icrl/core'
import { parseTemplate } from '../../src/jinja/parse-template.ts'
import { renderTemplate } from '../../src/jinja/render-template.ts'
import { fromJson, type Value } from '../../src/jinja/value.ts'

interface Expected {
  readonly tokens: Readonly<Record<string, Json>>
  readonly today: string
  readonly variants: Readonly<Record<string, Readonly<Record<string, Json>>>>
  readonly groups: Readonly<
    Record<
      string,
      { readonly variants: readonly string[]; readonly conversations: readonly Json[] }
    >
  >
  readonly digests: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const fixture = (name: string): Buffer => readFileSync(new URL(`./${name}`, import.meta.url))

/** Chat templates by name. */
export const templateSources: Readonly<Record<string, string>> = JSON.parse(
  gunzipSync(fixture('sources.json.gz')).toString(),
)

const parsed = new Map(
  Object.entries(templateSources).map(([name, source]) => [name, parseTemplate(source)]),
)

const expected: Expected = JSON.parse(fixture('expected.json').toString())

/** Kinds of conversations that every template rendered. */
export const templateGroups: readonly string[] = Object.keys(expected.groups)

/** How many texts of a template are compared, over all groups. */
export const textsCompared: number = Object.values(expected.groups).reduce(
  (sum, { variants, conversations }) => sum + 2 * variants.length * conversations.length,
  0,
)

const entries = (values: Readonly<Record<string, Json>>): [string, Value][] =>
  Object.entries(values).map(([name, value]) => [name, fromJson(value)])

const given: readonly [string, Value][] = [
  ...entries({ ...expected.tokens, tools: null, documents: null }),
  ['strftime_now', () => expected.today],
]

/** Whether a template gives the texts that transformers renders of it, for a group of conversations. */
export function rendersAlike(name: string, group: string): boolean {
  const template = parsed.get(name)!
  const { variants, conversations } = expected.groups[group]
  const texts = conversations.flatMap((messages) =>
    variants.flatMap((variant) =>
      [true, false].map((open) =>
        rendered(template, [
          ...given,
          ...entries({ messages, add_generation_prompt: open, ...expected.variants[variant] }),
        ]),
      ),
    ),
  )
  const lines = texts.map((text) => JSON.stringify(text)).join('\n')
  const digest = createHash('sha256').update(lines).digest('hex').slice(0, 16)
  return digest === expected.digests[name][group]
}

/** The text, or null where rendering fails as a template may. */
function rendered(template: ReturnType<typeof parseTemplate>, values: [string, Value][]) {
  try {
    return renderTemplate(template, values)
  } catch (error) {
    // A fault of ours, and nothing that a template can raise.
    if (error instanceof TypeError) throw error
    return null
  }
}
