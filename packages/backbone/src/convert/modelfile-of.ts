import { basename } from '#node'
import { stopIds, type TokenizerFolder } from './read-tokenizer-folder.ts'

/** Ollama's names of what `generation_config.json` says about sampling. */
const PARAMETERS: Readonly<Record<string, string>> = {
  temperature: 'temperature',
  top_k: 'top_k',
  top_p: 'top_p',
  min_p: 'min_p',
  repetition_penalty: 'repeat_penalty',
}

/**
 * A Modelfile for Ollama (`ollama create NAME -f FILE`): the GGUF file, the texts that end an answer
 * and the sampling that the model asks for. The chat template stays in the GGUF file, from which
 * Ollama takes it.
 */
export function modelfileOf(folder: TokenizerFolder, file: string): string {
  const sampling = Object.entries(PARAMETERS).flatMap(([name, own]) => {
    const value = folder.generation[name]
    return typeof value === 'number' ? [`PARAMETER ${own} ${value}`] : []
  })
  const stop = stopTexts(folder).map((text) => `PARAMETER stop ${quoted(text)}`)
  return [`FROM ./${basename(file)}`, ...sampling, ...stop, ''].join('\n')
}

function stopTexts(folder: TokenizerFolder): string[] {
  const { added_tokens: added = [], model } = folder.tokenizer as {
    added_tokens?: readonly { id: number; content: string }[]
    model?: { vocab?: Readonly<Record<string, number>> }
  }
  const ids = new Set(stopIds(folder))
  const named = added.filter(({ id }) => ids.has(id)).map(({ content }) => content)
  const plain = Object.entries(model?.vocab ?? {}).flatMap(([text, id]) =>
    ids.has(id) ? [text] : [],
  )
  const { eos_token: eos } = folder.specialTokens
  return [...new Set([...(eos === undefined ? [] : [eos]), ...named, ...plain])]
}

function quoted(text: string): string {
  return text.includes('"') ? `"""${text}"""` : `"${text}"`
}
