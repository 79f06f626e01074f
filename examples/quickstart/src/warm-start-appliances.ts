/**
 * Makes the models that the arms of the appliance tasks start from: supervised imitation of a
 * teacher who looks before it takes, holds misconceptions of most dishes, follows tips, and of a
 * critic who was told the place and half knows the recipes. The results are committed in
 * `model-triple/` and `model-leak/`.
 *
 *     pnpm --dir examples/quickstart warm-start:appliances triple
 *     pnpm --dir examples/quickstart warm-start:appliances leak
 */
import { fileURLToPath } from 'node:url'
import { IcrlError } from '@icrl/core'
import { applianceDemonstrations, LEAK_TEACHER, TRIPLE_TEACHER } from './appliance-teacher.ts'
import { APPLIANCE_VOCABULARY } from './appliance-vocabulary.ts'
import { imitate } from './imitate.ts'

const [name, directory = fileURLToPath(new URL(`../model-${name}/`, import.meta.url))] =
  process.argv.slice(2)
const teacher = { triple: TRIPLE_TEACHER, leak: LEAK_TEACHER }[String(name)]
if (!teacher)
  throw new IcrlError(`warm start: there is no task "${name}".`, {
    code: 'invalid-option',
    remedy: 'Say triple or leak.',
  })
await imitate({
  directory,
  vocabulary: APPLIANCE_VOCABULARY,
  kinds: applianceDemonstrations(teacher),
  steps: 4000,
  answerTokens: 12,
})
