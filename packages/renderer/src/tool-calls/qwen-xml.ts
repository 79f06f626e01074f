import type { Json } from '@icrl/core'
import { TOOL_CALL_MARKS } from './hermes-json.ts'
import { isRecord, jsonOf, toolCall, type ToolCallFormat } from './tool-call-format.ts'

const FUNCTION = /^\s*<function=([^>\n]+)>([\s\S]*)<\/function>\s*$/
/** A value ends at the last closing before the next parameter, so it may hold the tag itself. */
const PARAMETER = /\s*<parameter=([^>\n]+)>\n?([\s\S]*?)\n?<\/parameter>\s*(?=<parameter=|$)/y

/**
 * Calls as Qwen3-Coder and Qwen3.5 write them: between `<tool_call>` and `</tool_call>`,
 * `<function=name>` with a `<parameter=name>` per argument. Values are words; the tool's schema says
 * which of them are numbers, booleans, null, lists or objects. A parameter without a type in the
 * schema is a string, and an empty one is an empty string.
 *
 * @example
 * qwenXml.read('<function=add>\n<parameter=a>\n2\n</parameter>\n</function>', [])
 */
export const qwenXml: ToolCallFormat = {
  name: 'qwen-xml',
  marks: TOOL_CALL_MARKS,
  isFormatOf: ({ text, tool, argument }) =>
    text.includes(`<function=${tool}>`) && text.includes(`<parameter=${argument}>`),
  read(text, tools) {
    const [, name, body] = FUNCTION.exec(text) ?? []
    if (name === undefined) return undefined
    const values = parametersOf(body)
    if (values === undefined) return undefined
    const properties = tools.find((tool) => tool.name === name)?.parameters.properties
    const given = values.map(([key, value]): [string, Json] => [
      key,
      typed(value, typesOf(isRecord(properties) ? properties[key] : undefined)),
    ])
    return toolCall(name, Object.fromEntries(given))
  },
}

function parametersOf(body: string): (readonly [string, string])[] | undefined {
  const values: (readonly [string, string])[] = []
  let at = 0
  while (body.slice(at).trim() !== '') {
    PARAMETER.lastIndex = at
    const found = PARAMETER.exec(body)
    if (!found) return undefined
    values.push([found[1], found[2]])
    at = PARAMETER.lastIndex
  }
  return values
}

/** The types a schema allows, also as alternatives. */
function typesOf(schema: unknown): readonly string[] {
  if (!isRecord(schema)) return []
  const own = [schema.type].flat().filter((type) => typeof type === 'string')
  const others = [schema.anyOf, schema.oneOf].flatMap((list) =>
    Array.isArray(list) ? list.flatMap(typesOf) : [],
  )
  return [...own, ...others]
}

/** Python writes `None`, `True` and `False`; JSON `null`, `true` and `false`. */
function typed(text: string, types: readonly string[]): Json {
  const word = text.trim()
  if (types.includes('null') && /^(null|None)$/.test(word)) return null
  if (types.includes('boolean') && /^(true|false)$/i.test(word)) return word.length === 4
  if (types.some((type) => type === 'number' || type === 'integer') && isNumber(word))
    return Number(word)
  const value = jsonOf(word)
  if (types.includes('array') && Array.isArray(value)) return value as Json
  if (types.includes('object') && isRecord(value)) return value
  return text
}

function isNumber(word: string): boolean {
  return word !== '' && Number.isFinite(Number(word))
}
