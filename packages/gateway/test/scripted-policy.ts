import type { Renderer, Sampler, SampleRequest } from '@icrl/core'

/** A sampler that says what a test wants said, in ids, and keeps what it was asked. */
export interface ScriptedPolicy extends Sampler {
  readonly asked: readonly SampleRequest[]
}

/**
 * Tells what to say next, in words or in ids: from the words of the prompt, and how often it was
 * asked before.
 */
export type Script = (prompt: string, call: number) => Said | Promise<Said>
type Said = string | Int32Array

/**
 * Says the words of a script, byte by byte, with a log-probability that depends on the token's place,
 * so that a place that is lost shows. Without a limit each turn ends with its stop id.
 */
export function scriptedPolicy(renderer: Renderer, script: Script): ScriptedPolicy {
  const asked: SampleRequest[] = []
  return {
    asked,
    async sample(request, signal) {
      const call = asked.push(request) - 1
      const said = await script(renderer.text(request.prompt), call)
      const words = typeof said === 'string' ? renderer.answer!(said) : said
      const tokens: number[] = []
      const logprobs: number[] = []
      for (const token of words) {
        if (tokens.length === request.maxTokens || signal?.aborted) break
        tokens.push(token)
        logprobs.push(Math.fround(-tokens.length / 64 - call))
        request.onToken?.(token, logprobs.at(-1)!)
        await Promise.resolve()
      }
      const isStopped = request.stop.includes(tokens.at(-1)!)
      const finish = signal?.aborted && !isStopped ? 'aborted' : isStopped ? 'stop' : 'length'
      return {
        tokens: Int32Array.from(tokens),
        logprobs: Float32Array.from(logprobs),
        finish,
        version: 'script@0',
      }
    },
  }
}
