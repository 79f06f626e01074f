import { describe, expect, it } from 'vitest'
import { readExchanges, replayExchanges, type Exchange } from '../../test/exchanges.ts'
import { sharedData } from '../../test/shared-data.ts'
import { householdGames, readHouseholdGames } from '../node/read-household-games.ts'
import { alfworldApp } from './alfworld-app.ts'
import { serve } from './serve.ts'

const exchanges = sharedData('envs/alfworld_exchanges.jsonl.gz')

describe('alfworldApp', () => {
  it.skipIf(!exchanges)(
    'answers over HTTP as the real engine’s server did, errors included',
    async () => {
      const games = householdGames({
        train: await readHouseholdGames(sharedData('envs/alfworld_oracle/games.jsonl.gz')!),
        test: [],
      })
      const server = await serve(alfworldApp({ games }))
      const send = async ({
        method,
        path,
        body,
      }: Pick<Exchange, 'method' | 'path' | 'body'>): Promise<
        Pick<Exchange, 'status' | 'json' | 'text'>
      > => {
        const response = await fetch(server.urls[0] + path, {
          method,
          ...(body
            ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
            : {}),
        })
        const isJson = response.headers.get('content-type')?.includes('json')
        return {
          status: response.status,
          ...(isJson ? { json: await response.json() } : { text: await response.text() }),
        }
      }
      const { exchanges: count, differences } = await replayExchanges(
        readExchanges(exchanges!),
        send,
      )
      await server.close()
      expect(differences).toEqual([])
      expect(count).toBe(427)
    },
  )
})
