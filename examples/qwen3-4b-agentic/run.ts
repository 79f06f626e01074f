/** See README.md: `npx tsx --conditions=@icrl/source examples/qwen3-4b-agentic/run.ts alfworld/icrl --tiny`. */
import { runExperiment } from '../qwen3/src/index.ts'

process.exitCode = await runExperiment(
  { folder: import.meta.dirname, kind: 'agentic', model: 'hf:Qwen/Qwen3-4B' },
  process.argv.slice(2),
)
