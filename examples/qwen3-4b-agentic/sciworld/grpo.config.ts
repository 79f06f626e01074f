import type { RunConfig } from 'icrl'
import { agenticRun } from '../../qwen3/src/index.ts'

const run: RunConfig = agenticRun({
  model: 'hf:Qwen/Qwen3-4B',
  world: 'sciworld',
  method: 'grpo',
})

export default run
