import type { MathProblem } from '@icrl/environments'
import type { RunConfig } from 'icrl'
import { mathRun } from '../qwen3/src/index.ts'

const run: RunConfig<MathProblem> = mathRun({ model: 'hf:Qwen/Qwen3-8B', method: 'grpo' })

export default run
