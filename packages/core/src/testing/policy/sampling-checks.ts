import type { Check } from '../check.ts'
import { expect, sameValues } from '../expect.ts'
import { close, likelihood, type Setting } from './setting.ts'

export function samplingChecks({
  create,
  request,
  draw,
  vocabularySize,
  tolerance,
}: Setting): Check[] {
  return [
    {
      name: 'a generation depends on its draws, not on its company',
      run: async () => {
        const alone = await draw(await create(), 0)
        const policy = await create()
        const crowd = await Promise.all([3, 0, 2, 1].map((session) => draw(policy, session)))
        expect(
          sameValues(alone.tokens, crowd[1].tokens),
          `tokens ${alone.tokens} alone, ${crowd[1].tokens} in a batch`,
        )
        close(
          policy,
          alone.logprobs,
          crowd[1].logprobs,
          tolerance,
          'log-probabilities alone and in a batch',
        )
      },
    },
    {
      name: 'limits, ids and log-probabilities are in range',
      run: async () => {
        const { tokens, logprobs, finish } = await draw(await create(), 1)
        expect(
          tokens.length === 6 && finish === 'length',
          `${tokens.length} tokens, finish ${finish}, for maxTokens 6 without stop ids`,
        )
        expect(
          tokens.every((id) => id >= 0 && id < vocabularySize),
          `ids ${tokens}`,
        )
        expect(
          logprobs.length === 6 && logprobs.every((value) => value <= 0 && Number.isFinite(value)),
          `log-probabilities ${logprobs}`,
        )
      },
    },
    {
      name: 'a stop id ends a generation and is kept',
      run: async () => {
        const policy = await create()
        const free = await draw(policy, 2)
        const stop = free.tokens[2]
        const first = free.tokens.indexOf(stop)
        const { tokens, finish } = await policy.sample(request(2, { stop: [stop] }))
        expect(
          finish === 'stop' && sameValues(tokens, free.tokens.slice(0, first + 1)),
          `tokens ${tokens}, finish ${finish}; without stop ids ${free.tokens}`,
        )
      },
    },
    {
      name: 'tokens that are told as they come are those of the generation',
      run: async () => {
        const told: number[] = []
        const logprobs: number[] = []
        const onToken = (token: number, logprob: number): void => {
          told.push(token)
          logprobs.push(logprob)
        }
        const policy = await create()
        const generation = await policy.sample(request(2, { onToken }))
        expect(
          told.length === 0 ||
            (sameValues(told, generation.tokens) && sameValues(logprobs, generation.logprobs)),
          `told ${told}, drawn ${generation.tokens}`,
        )
      },
    },
    {
      name: 'temperature 0 is deterministic whatever the draws',
      run: async () => {
        const policy = await create()
        const [a, b] = await Promise.all([
          policy.sample(request(3, { temperature: 0 })),
          policy.sample(request(4, { temperature: 0 })),
        ])
        expect(sameValues(a.tokens, b.tokens), `${a.tokens} against ${b.tokens}`)
      },
    },
    {
      name: 'an aborted request ends',
      run: async () => {
        const abort = new AbortController()
        abort.abort()
        const policy = await create()
        const outcome = await policy.sample(request(14), abort.signal).then(
          ({ finish }) => finish,
          () => 'rejected',
        )
        expect(outcome === 'aborted' || outcome === 'rejected', `it finished as ${outcome}`)
        expect((await draw(policy, 0)).tokens.length === 6, 'the policy does not sample any more')
      },
    },
  ]
}

export function scoringChecks({ create, request, draw, prompt, tolerance }: Setting): Check[] {
  return [
    {
      name: 'sampled, scored and training log-probabilities agree',
      run: async () => {
        const policy = await create()
        const other = policy.capabilities.has('temperature') ? 0.7 : 1
        const drawn = await Promise.all(
          [5, 6, 7].map((session) =>
            policy.sample(
              request(session, { temperature: session === 6 ? other : 1, maxTokens: session - 3 }),
            ),
          ),
        )
        const items = drawn.map(({ tokens }, i) => ({
          prompt,
          response: tokens,
          temperature: i === 1 ? other : 1,
        }))
        const scored = await policy.score(items)
        const trained = await policy.accumulate(items, likelihood(items))
        drawn.forEach(({ logprobs }, i) => {
          close(
            policy,
            logprobs,
            scored[i].logprobs,
            tolerance,
            `response ${i}, sampled and scored`,
          )
          close(
            policy,
            logprobs,
            trained[i].logprobs,
            tolerance,
            `response ${i}, sampled and training`,
          )
        })
      },
    },
    {
      name: 'entropy and self-certainty are given where the policy has them',
      run: async () => {
        const policy = await create()
        const { tokens } = await draw(policy, 18)
        const item = { prompt, response: tokens, temperature: 1 }
        const [hasEntropy, hasCertainty] = (['entropy', 'self-certainty'] as const).map((one) =>
          policy.capabilities.has(one),
        )
        const [{ entropy, selfCertainty }] = await policy.score([item], {
          entropy: hasEntropy,
          selfCertainty: hasCertainty,
        })
        for (const [name, wanted, values] of [
          ['entropy', hasEntropy, entropy],
          ['self-certainty', hasCertainty, selfCertainty],
        ] as const)
          expect(
            !wanted ||
              (values?.length === tokens.length &&
                values.every((value) => value >= -tolerance && Number.isFinite(value))),
            `${name} is ${values} for ${tokens.length} tokens`,
          )
      },
    },
    {
      name: 'a masked position is not scored',
      run: async () => {
        const policy = await create()
        const { tokens } = await draw(policy, 8)
        const mask = Uint8Array.from(tokens, (_, t) => (t === 1 ? 0 : 1))
        const [all, some] = await policy.score([
          { prompt, response: tokens, temperature: 1 },
          { prompt, response: tokens, mask, temperature: 1 },
        ])
        expect(
          some.logprobs[1] === 0,
          `the masked position has log-probability ${some.logprobs[1]}`,
        )
        close(
          policy,
          some.logprobs.slice(2),
          all.logprobs.slice(2),
          tolerance,
          'positions behind the masked one',
        )
      },
    },
  ]
}
