import { isRebound } from '@icrl/core'
import type { StoredSample, Vocabulary } from '@icrl/report'
import { aligned } from './aligned.ts'
import { indented } from './inspect-step.ts'

/** A sample token by token: what each was worth, and how likely it was, when. */
export function inspectedSample(sample: StoredSample, vocabulary?: Vocabulary): string {
  const { id, texts, response, mask } = sample
  const columns: readonly [string, ArrayLike<number> | undefined, number][] = [
    ['sampled', sample.behaviorLogprobs, 3],
    ['old', sample.oldLogprobs, 3],
    ['trained', sample.trainLogprobs, 3],
    ['weight', sample.weights, 2],
    ['correction', sample.correction, 2],
    ['advantage', sample.advantages, 2],
  ]
  const used = columns.filter(([, values]) => values !== undefined)
  const prompts = texts
    ? [
        'Sampled under:',
        indented(texts.sampledUnder, '  '),
        ...(isRebound(sample) && texts.trainedUnder !== undefined
          ? ['Trained under:', indented(texts.trainedUnder, '  ')]
          : []),
        'Response:',
        indented(texts.response, '  '),
        '',
      ]
    : []
  return [
    `${id}, reward ${sample.reward}${sample.success === undefined ? '' : `, ${sample.success ? 'a success' : 'no success'}`}`,
    '',
    ...prompts,
    aligned([
      ['t', 'id', 'text', 'chosen', ...used.map(([name]) => name)],
      ...Array.from(response, (token, t) => [
        String(t),
        String(token),
        JSON.stringify(vocabulary?.(token) ?? ''),
        mask[t] ? 'yes' : 'no',
        ...used.map(([, values, digits]) => values![t].toFixed(digits)),
      ]),
    ]),
    '',
    'sampled, old, trained: log-probabilities in nats, when it was sampled, under the prompt it is trained under, and in the last pass.',
  ].join('\n')
}
