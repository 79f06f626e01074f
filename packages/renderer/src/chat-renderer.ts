import { IcrlError, type Json, type Renderer } from '@icrl/core'
import { LRUCache } from 'lru-cache'
import { compileTemplate } from './compile-template.ts'
import type { ChatTokenizer } from './create-tokenizer.ts'
import { formatDate } from './format-date.ts'
import { partsParser } from './parse-parts.ts'
import { detectToolCalls, opensReasoning, rolesOf } from './tool-calls/detect-tool-calls.ts'
import { plainJson, renderPlainTools } from './tool-calls/plain-json.ts'
import type { ToolCallFormat } from './tool-calls/tool-call-format.ts'
import { endOfTurn, turnGlue } from './turn-glue.ts'

/**
 * Size of the cache of prompts, in characters and ids together. The sessions of a group ask for the
 * same prompt, and so does every evaluation.
 */
const KEPT_CHARACTERS = 4_000_000

/** Options of {@link chatRenderer}. */
export interface ChatRendererOptions {
  /** The model's own. */
  readonly tokenizer: ChatTokenizer
  /** Jinja chat template. @defaultValue the tokenizer's */
  readonly template?: string
  /**
   * Qwen3's switch, passed to the template as `enable_thinking`.
   *
   * @defaultValue the template's own default
   */
  readonly enableThinking?: boolean
  /** Further variables for the template, such as `date_string`. @defaultValue none */
  readonly variables?: Readonly<Record<string, Json>>
  /**
   * The day that templates print as today's, such as `2026-01-31`. Templates that must print one
   * (gpt-oss) are refused without it.
   *
   * @defaultValue none, so that no prompt changes with the calendar
   */
  readonly date?: string
  /**
   * `[ids]` ids that end an assistant turn, besides those that the model folder and the template
   * name.
   *
   * @defaultValue none
   */
  readonly stop?: readonly number[]
  /**
   * How calls of tools are written and read. A template that knows no tools is given them in words
   * (`plainJson`); calls of one that writes them in a way that is not known stay text.
   *
   * @defaultValue as the template writes one
   */
  readonly toolCalls?: ToolCallFormat
}

/**
 * A renderer for one tokenizer and chat template. `start` gives the ids of transformers'
 * `apply_chat_template(…, add_generation_prompt=True)`. `continue` gives only what comes after a
 * turn, so a growing conversation only ever appends ids: what was sampled stays as it was, whatever
 * the template would do to earlier turns (Qwen3's drops their thinking).
 *
 * Parts of messages are handed to the template as transformers does: `tools`, `reasoning_content`,
 * `tool_calls` and messages of role `tool`. `parse` tells reasoning and calls by the ids of `<think>`
 * and `<tool_call>`. Where the vocabulary has no such tokens, calls are told by words, and only if
 * tools were offered.
 *
 * @throws `missing-file` without a template, `invalid-option` without any stop id or for a `date`
 * that is none,
 * `vocabulary-mismatch` for a stop id that the vocabulary does not have, `corrupt-file` for a
 * template that does not parse, `unsupported` for one that cannot render a question and its answer.
 * `start` throws `invalid-shape` for no messages and `unsupported` with what the template raised;
 * `answer` throws `invalid-shape` for words that spell a special token;
 * `continue` throws `unsupported` for a template that cannot continue a conversation.
 * @example
 * import { chatRenderer, loadTokenizer } from '@icrl/renderer'
 * const renderer = chatRenderer({
 *   tokenizer: await loadTokenizer('models/Qwen3-0.6B'),
 *   enableThinking: false,
 * })
 * const prompt = renderer.start([{ role: 'user', content: 'Two plus two?' }])
 */
export function chatRenderer({
  tokenizer,
  template = tokenizer.template,
  enableThinking,
  variables = {},
  date,
  stop: further = [],
  toolCalls,
}: ChatRendererOptions): Renderer {
  if (template === undefined)
    throw new IcrlError('chatRenderer: there is no chat template.', {
      code: 'missing-file',
      remedy: 'Give `template`, or add chat_template.jinja to the model folder.',
    })
  const thinking: Record<string, Json> =
    enableThinking === undefined ? {} : { enable_thinking: enableThinking }
  const ofTemplate = compileTemplate(
    template,
    { ...tokenizer.specialTokens, ...thinking, ...variables },
    date === undefined ? undefined : formatDate(date),
  )
  const format = toolCalls ?? detectToolCalls(ofTemplate)
  const render =
    format === plainJson ? renderPlainTools(ofTemplate, rolesOf(ofTemplate)) : ofTemplate
  const end = endOfTurn(render, tokenizer)
  const stop = [...new Set([...(end === undefined ? [] : [end]), ...tokenizer.stop, ...further])]
  checkStop(stop, tokenizer.vocabularySize)
  const starts = new LRUCache<string, Int32Array>({
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: (ids, text) => text.length + ids.length,
  })
  return {
    start(messages, { tools = [] } = {}) {
      if (messages.length === 0)
        throw new IcrlError('chatRenderer: there are no messages.', {
          code: 'invalid-shape',
          remedy: 'Start a conversation with at least one.',
        })
      const key = JSON.stringify([messages.map(({ role, content }) => [role, content]), tools])
      let ids = starts.get(key)
      if (ids === undefined) {
        ids = tokenizer.encode(render(messages, true, tools))
        starts.set(key, ids)
      }
      return ids.slice()
    },
    continue: turnGlue(render, tokenizer, stop),
    text: (tokens) => tokenizer.decode(tokens.filter((id) => !stop.includes(id))),
    answer: (text) => answerIds(tokenizer, text, stop),
    ...partsParser({ tokenizer, stop, format, opensReasoning: opensReasoning(ofTemplate) }),
    stop,
    vocabularySize: tokenizer.vocabularySize,
  }
}

function answerIds(tokenizer: ChatTokenizer, text: string, stop: readonly number[]): Int32Array {
  const words = tokenizer.encode(text)
  const special = words.find((id) => tokenizer.isSpecial(id) || stop.includes(id))
  if (special !== undefined)
    throw new IcrlError(`chatRenderer: the answer spells the special token ${special}.`, {
      code: 'invalid-shape',
      remedy: 'Take it out of the words: a model does not say it as part of an answer.',
    })
  return Int32Array.of(...words, stop[0])
}

function checkStop(stop: readonly number[], vocabularySize: number): void {
  if (stop.length === 0)
    throw new IcrlError(
      'chatRenderer: neither the model folder nor the template names an id that ends a turn.',
      { code: 'invalid-option', remedy: 'Give `stop`.' },
    )
  const wrong = stop.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize)
  if (wrong !== undefined)
    throw new IcrlError(
      `chatRenderer: stop id ${wrong} is not one of the vocabulary's ${vocabularySize}.`,
      { code: 'vocabulary-mismatch', remedy: 'Use ids of this tokenizer.' },
    )
}
