import type { RunConfig } from 'icrl'
import { tinyAgentic } from '../../../src/index.ts'

const run: RunConfig = tinyAgentic('alfworld', 'grpo')

export default run
