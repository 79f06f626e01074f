import { chatRenderer } from '@icrl/renderer'
import { describe, expect, it } from 'vitest'
import { byteTokenizer } from '../test/byte-tokenizer.ts'
import { clientOf, type Answer } from '../test/client.ts'
import { scriptedPolicy, type Script, type ScriptedPolicy } from '../test/scripted-policy.ts'
import { createGateway, type Gateway, type GatewaySession } from './index.ts'

// The nine ways in which others lose or falsify what an agent sampled.

const tokenizer = byteTokenizer()
const renderer = chatRenderer({ tokenizer })
const CHAT = '/v1/chat/completions'
const TOOL_CALL = tokenizer.tokenId('<tool_call>')!
const THINK = tokenizer.tokenId('<think>')!
const tools = [
  {
    type: 'function',
    function: { name: 'set', parameters: { type: 'object', properties: {} } },
  },
]
const user = (content: string) => ({ role: 'user', content })
const chat = { messages: [user('Hi')], tools }
const call = (given: string): string =>
  `<tool_call>\n{"name": "set", "arguments": ${given}}\n</tool_call>`

function sessionOf(script: Script): {
  readonly gateway: Gateway
  readonly policy: ScriptedPolicy
  readonly session: GatewaySession
  readonly say: (body: object) => Promise<Answer>
} {
  const policy = scriptedPolicy(renderer, script)
  const gateway = createGateway({ policy, renderer, contextLength: 4096 })
  const session = gateway.open()
  const client = clientOf(gateway, session)
  const say = async (body: object) =>
    (await client.json(CHAT, { ...chat, ...body })).choices[0].message
  return { gateway, policy, session, say }
}

const kinds = (session: GatewaySession): string[] => session.ledger.map(({ kind }) => kind)

/** Sampled tokens of a session's segments: each must be there once. */
function trained({ segments }: GatewaySession): number {
  return segments
    .flatMap(({ conversation }) => [...conversation.response().mask])
    .reduce((sum, one) => sum + one, 0)
}

describe('text to ids is no bijection (a)', () => {
  it('a mark spelled with other tokens stays spelled so', async () => {
    const spelled = [...call('{}')].flatMap((letter) => [...tokenizer.encode(letter)])
    const said = Int32Array.of(...spelled, renderer.stop[0])
    const { say, policy, session } = sessionOf((_, turn) => (turn === 0 ? said : 'Done.'))
    const first = await say({})
    expect(first).toMatchObject({ content: call('{}') })
    expect(first.tool_calls).toBeUndefined()
    await say({ messages: [...chat.messages, first, user('Go on.')] })
    const [{ prompt }, next] = policy.asked
    const kept = next.prompt.slice(prompt.length, prompt.length + said.length)
    expect(kept).toEqual(said)
    expect([...next.prompt]).not.toContain(TOOL_CALL)
    expect(kinds(session)).toEqual(['trained', 'trained'])
  })
})

describe('calls are written again by the client (b)', () => {
  const given = '{"on": false, "name": "", "list": [1, 2.0, null]}'
  const again = '{ "list":[1,2,null],"name":"","on":false }'
  const next = async (edit: string): Promise<ReturnType<typeof sessionOf>> => {
    const made = sessionOf((_, turn) => (turn === 0 ? call(given) : 'Done.'))
    const first = await made.say({})
    expect(JSON.parse(first.tool_calls[0].function.arguments)).toEqual(JSON.parse(given))
    first.tool_calls[0].function.arguments = edit
    await made.say({ messages: [...chat.messages, first, { role: 'tool', content: 'ok' }] })
    return made
  }

  it('with other spaces and another order, and the ids stay as they were sampled', async () => {
    const { policy, session } = await next(again)
    expect(kinds(session)).toEqual(['trained', 'trained'])
    expect(renderer.text(policy.asked[1].prompt)).toContain(given)
  })

  it('with another value: that is another history', async () => {
    const { session } = await next(again.replace('false', 'true'))
    expect(kinds(session)).toEqual(['trained', 'divergent'])
  })
})

describe('a stream with calls keeps every control token (c)', () => {
  it('as the same answer without a stream does', async () => {
    const script: Script = () => `<think>\nSo.\n</think>\n\nI set it.\n${call('{}')}`
    const [plain, stream] = [sessionOf(script), sessionOf(script)]
    await plain.say({})
    await clientOf(stream.gateway, stream.session).events(CHAT, chat)
    const [a, b] = [plain, stream].map(({ session }) => session.segments[0].conversation.response())
    expect(b).toEqual(a)
    expect([...b.response]).toEqual([...renderer.answer!(script('', 0) as string)])
    expect([...b.response]).toEqual(expect.arrayContaining([TOOL_CALL, THINK, renderer.stop[0]]))
  })
})

describe('templates and clients drop thinking (d)', () => {
  it('and what was sampled keeps it', async () => {
    const thought = '<think>\nWhich one?\n</think>\n\nThe left one.'
    const { say, policy, session } = sessionOf((_, turn) => (turn === 0 ? thought : 'Done.'))
    const first = await say({})
    expect(first).toMatchObject({ content: 'The left one.', reasoning_content: 'Which one?' })
    await say({
      messages: [...chat.messages, { ...first, reasoning_content: undefined }, user('Go.')],
    })
    expect(kinds(session)).toEqual(['trained', 'trained'])
    expect([...policy.asked[1].prompt]).toContain(THINK)
    // The template would have dropped it.
    expect([
      ...renderer.start([
        user('Hi'),
        { role: 'assistant', content: first.content },
        user('Go.'),
      ] as never),
    ]).not.toContain(THINK)
  })
})

describe('the agent edits its history (e)', () => {
  const turns: Script = (_, turn) => `Answer ${turn}.`

  it('a compaction begins a new segment, and so does a repaired message', async () => {
    const { say, session, policy } = sessionOf(turns)
    const first = await say({})
    await say({ messages: [user('Hi'), first, user('Next?')] })
    await say({ messages: [user('So far: Answer 0.'), user('Next?')] })
    await say({ messages: [user('Hi'), { ...first, content: 'Answer zero.' }, user('Next?')] })
    expect(kinds(session)).toEqual(['trained', 'trained', 'trained', 'divergent'])
    expect(session.segments.map(({ turns: { length } }) => length)).toEqual([2, 1, 1])
    for (const { conversation } of session.segments) {
      const { opening } = conversation
      expect(policy.asked.some(({ prompt }) => `${prompt}` === `${opening}`)).toBe(true)
    }
  })

  it('other tools are another prompt', async () => {
    const { say, session } = sessionOf(turns)
    const first = await say({})
    await say({ tools: [], messages: [user('Hi'), first, user('Next?')] })
    expect(session.segments.length).toBe(2)
  })

  it.each([
    'Generate a short title for this chat.',
    'Please summarize the conversation so far.',
    'The messages above are a conversation to summarize. Create a context checkpoint summary.',
    'You are a context summarization assistant.',
  ])('%s is answered, and not trained', async (asked) => {
    const { say, session } = sessionOf(turns)
    await say({})
    const aside = await say({
      tools: [],
      messages: [{ role: 'system', content: asked }, user('Hi')],
    })
    expect(aside.content).toBe('Answer 1.')
    expect(kinds(session)).toEqual(['trained', 'auxiliary'])
    expect(session.segments.length).toBe(1)
  })
})

describe('no token under another prefix, none twice (f)', () => {
  it('what was sampled stands in one segment, under the prompt it was sampled under', async () => {
    const { say, session, policy } = sessionOf((_, turn) => `Answer ${turn}.`)
    const first = await say({})
    const second = await say({ messages: [user('Hi'), first, user('Next?')] })
    // The client forgets the first turn and keeps the second.
    await say({ messages: [user('Next?'), second, user('Last?')] })
    const tokens = session.ledger.reduce((sum, entry) => sum + entry.tokens, 0)
    expect(trained(session)).toBe(tokens)
    const [, { conversation }] = session.segments
    const { response, logprobs } = conversation.response()
    expect(renderer.text(response)).toBe('Answer 2.')
    expect(logprobs[0]).toBe(Math.fround(-1 / 64 - 2))
    expect([...conversation.opening]).toEqual([...policy.asked[2].prompt])
  })

  it('a turn that is answered twice goes on where it is continued', async () => {
    const { say, session } = sessionOf((_, turn) => `Answer ${turn}.`)
    const [a, b] = [await say({ user: 'a' }), await say({ user: 'b' })]
    await say({ messages: [user('Hi'), b, user('Next?')] })
    await say({ messages: [user('Hi'), a, user('Next?')] })
    expect(session.ledger.map(({ segment }) => segment)).toEqual([0, 1, 1, 0])
    expect(trained(session)).toBe(session.ledger.reduce((sum, entry) => sum + entry.tokens, 0))
  })
})

describe('a retry is no second turn (g)', () => {
  it('before and after the first answer, whole and in a stream', async () => {
    const { gateway, session, policy } = sessionOf(async (_, turn) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return `Answer ${turn}.`
    })
    const client = clientOf(gateway, session)
    const bodies = await Promise.all([1, 2, 3].map(() => client.json(CHAT, chat)))
    bodies.push(await client.json(CHAT, chat))
    expect(new Set(bodies.map(({ choices }) => choices[0].message.content))).toEqual(
      new Set(['Answer 0.']),
    )
    const stream = { ...chat, stream: true }
    const texts = await Promise.all(
      [1, 2].map(async () => (await client.events(CHAT, stream)).map(contentOf).join('')),
    )
    expect(texts).toEqual(['Answer 1.', 'Answer 1.'])
    expect(policy.asked.length).toBe(2)
    expect(kinds(session)).toEqual([
      'trained',
      'retried',
      'retried',
      'retried',
      'trained',
      'retried',
    ])
    expect(session.ledger[3].repeats).toBe(0)
    expect(trained(session)).toBe(session.ledger.reduce((sum, entry) => sum + entry.tokens, 0))
  })

  it('and after a failure it is asked again', async () => {
    const { say, session } = sessionOf((_, turn) => {
      if (turn === 0) throw new Error('gone')
      return 'Here.'
    })
    await expect(say({})).rejects.toThrow()
    expect((await say({})).content).toBe('Here.')
    expect(kinds(session)).toEqual(['failed', 'trained'])
  })
})

function contentOf({ choices: [choice] }: Answer): string {
  return choice?.delta.content ?? ''
}

describe('a call after the end (h)', () => {
  it('is late, and nothing is sampled for it', async () => {
    const { gateway, session, policy, say } = sessionOf(() => 'Answer.')
    await say({})
    session.reward({ reward: 1, success: true })
    const late = await clientOf(gateway, session).post(CHAT, { ...chat, user: 'late' })
    expect([late.status, policy.asked.length]).toEqual([410, 1])
    expect(kinds(session)).toEqual(['trained', 'late'])
    expect(session.segments[0].turns.length).toBe(1)
  })
})

describe('who is who is in the address (i)', () => {
  it('so that equal bodies of two sessions are two turns', async () => {
    const { gateway, session, policy } = sessionOf((_, turn) => `Answer ${turn}.`)
    const other = gateway.open()
    const [a, b] = [clientOf(gateway, session), clientOf(gateway, other)]
    const [one, two] = await Promise.all([a.json(CHAT, chat), b.json(CHAT, chat)])
    expect(one.choices[0].message.content).not.toBe(two.choices[0].message.content)
    expect(policy.asked.length).toBe(2)
    for (const each of [session, other]) expect(kinds(each)).toEqual(['trained'])
  })
})
