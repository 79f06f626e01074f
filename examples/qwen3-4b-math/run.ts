/** See README.md: `npx tsx --conditions=@icrl/source examples/qwen3-4b-math/run.ts icrl --tiny`. */
import { runExperiment } from '../qwen3/src/index.ts'

process.exitCode = await runExperiment(
  { folder: import.meta.dirname, kind: 'math', model: 'hf:Qwen/Qwen3-4B' },
  process.argv.slice(2),
)
