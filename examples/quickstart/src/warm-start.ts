/**
 * Makes the model every arm of the chain starts from: supervised imitation of a teacher who holds
 * the misconception, knows how to follow a tip, and names operators as a mediocre critic does. 4000
 * steps of 3 × 64 demonstrations; the result is committed in `model/`.
 *
 *     pnpm --dir examples/quickstart warm-start
 */
import { fileURLToPath } from 'node:url'
import { imitate } from './imitate.ts'
import { criticDemonstration, soloDemonstration, tippedDemonstration } from './teacher.ts'
import { VOCABULARY } from './vocabulary.ts'

await imitate({
  directory: process.argv[2] ?? fileURLToPath(new URL('../model/', import.meta.url)),
  vocabulary: VOCABULARY,
  kinds: { soloDemonstration, tippedDemonstration, criticDemonstration },
  steps: 4000,
  answerTokens: 6,
})
