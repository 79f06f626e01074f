import type { MathProblem } from '@icrl/environments'
import type { RunConfig } from 'icrl'
import { tinyMath } from '../../src/index.ts'

const run: RunConfig<MathProblem> = tinyMath('grpo')

export default run
