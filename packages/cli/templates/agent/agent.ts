/** Where a model is reached; any client of OpenAI or Anthropic takes these. */
export interface Model {
  readonly baseURL: string
  readonly apiKey: string
  readonly fetch?: typeof fetch
}

interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** What the model reads before each question: its tool, and one question answered with it. */
const BEGINNING: readonly Message[] = [
  { role: 'system', content: 'You have a calculator. To use it write calculate(…).' },
  { role: 'user', content: 'What is 7 times 12?' },
  { role: 'assistant', content: 'calculate(7 * 12)' },
  { role: 'user', content: 'The calculator shows 84.' },
  { role: 'assistant', content: '84' },
]

/**
 * An agent as you may have it: it asks a model, calculates if the model wants to, and answers with
 * the last number that the model says. Nothing here knows that it is trained.
 */
export async function agent(question: string, model: Model): Promise<string> {
  const messages: Message[] = [...BEGINNING, { role: 'user', content: question }]
  for (let turn = 0; turn < 3; turn++) {
    const answer = await ask(messages, model)
    const result = calculated(answer)
    if (result === undefined) return answer.match(/-?\d+/g)?.at(-1) ?? ''
    messages.push({ role: 'assistant', content: answer })
    messages.push({ role: 'user', content: `The calculator shows ${result}.` })
  }
  return ''
}

/** What the calculator shows, if the answer uses it. */
function calculated(answer: string): number | undefined {
  const [, left, operator, right] = /calculate\((\d+) ([-+*]) (\d+)\)/.exec(answer) ?? []
  if (operator === undefined) return undefined
  const [a, b] = [Number(left), Number(right)]
  return operator === '+' ? a + b : operator === '-' ? a - b : a * b
}

async function ask(messages: readonly Message[], model: Model): Promise<string> {
  const request = model.fetch ?? fetch
  const response = await request(`${model.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${model.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'icrl', messages }),
  })
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  const { choices } = (await response.json()) as {
    choices: { message: { content: string } }[]
  }
  return choices[0].message.content
}
