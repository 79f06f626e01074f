import { generateText, stepCountIs, tool, type LanguageModel } from 'ai'
import { z } from 'zod'
import { calculate, lookUp } from './shop.ts'

/**
 * A shop's clerk, as anybody writes one with the AI SDK: two tools and a few steps. Nothing in here
 * knows that it is trained; only its model is another one.
 */
export async function clerk(
  model: LanguageModel,
  question: string,
  abortSignal?: AbortSignal,
): Promise<string> {
  const { text } = await generateText({
    model,
    system: 'You are the clerk of a shop.',
    prompt: question,
    tools: {
      lookup: tool({
        description: 'Looks up the price of an item in a department of the shop.',
        inputSchema: z.object({ department: z.string(), item: z.string() }),
        execute: lookUp,
      }),
      calculate: tool({
        description: 'Calculates with two numbers.',
        inputSchema: z.object({ a: z.number(), operator: z.enum(['+', '*']), b: z.number() }),
        execute: calculate,
      }),
    },
    stopWhen: stepCountIs(6),
    abortSignal,
  })
  return text
}
