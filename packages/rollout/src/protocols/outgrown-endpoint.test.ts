import { IcrlError, type SessionResult, type TextGenerator } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { corridor } from '../../test/corridor.ts'
import { wordRenderer } from '../../test/word-renderer.ts'
import { multiTurn, runSessions, solveOnce } from '../index.ts'

/** An endpoint that takes so many messages. */
function narrow(limit: number): TextGenerator {
  return {
    complete: async (messages) => {
      if (messages.length > limit)
        throw new IcrlError('the request has too many tokens.', {
          code: 'context-exceeded',
          remedy: 'Shorten the prompt.',
        })
      return { text: 'do go right', finish: 'stop' }
    },
  }
}

async function play(limit: number): Promise<SessionResult> {
  const binding = {
    renderer: wordRenderer({ merge: true }),
    sampling: { maxTokens: 8, temperature: 1 },
  }
  const protocol = solveOnce(multiTurn({ environment: corridor({}), maxRepeatedActions: Infinity }))
  const [result] = await runSessions({
    protocol,
    tasks: [{ id: 'd9' }],
    sessions: 1,
    samplers: { solver: narrow(limit) },
    bindings: { solver: binding },
    draw: { seed: 0, domain: 'eval', step: 0 },
  })
  return result
}

describe('an endpoint whose context a conversation outgrows', () => {
  it('ends the attempt with what it had reached, like a length limit', async () => {
    const { outcomes, transcript, failure } = await play(4)
    expect({ outcomes, failure }).toEqual({
      outcomes: [{ reward: 0, success: false }],
      failure: undefined,
    })
    expect(transcript.filter(({ role }) => role === 'solver').length).toBeGreaterThan(0)
  })

  it('fails the session where the first prompt does not fit', async () => {
    expect((await play(0)).failure?.reason).toMatch('too many tokens')
  })
})
