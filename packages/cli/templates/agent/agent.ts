/** Where a model is reached; any client of OpenAI or Anthropic takes these. */
export interface Model {
  readonly baseURL: string
  readonly apiKey: string
  readonly fetch?: typeof fetch
}

/**
 * An agent as you may have it: it asks a model, looks at the answer, and asks again if there is no
 * number in it. Nothing here knows that it is trained.
 */
export async function agent(question: string, model: Model): Promise<string> {
  const messages = [{ role: 'user', content: `${question} Answer with a number.` }]
  for (let turn = 0; turn < 2; turn++) {
    const answer = await ask(messages, model)
    const [number] = /\d+/.exec(answer) ?? []
    if (number !== undefined) return number
    messages.push({ role: 'assistant', content: answer })
    messages.push({ role: 'user', content: 'That is no number.' })
  }
  return ''
}

async function ask(messages: readonly object[], model: Model): Promise<string> {
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
