/** Prints the tables of docs/papers-experiments.md: npx tsx --conditions=@icrl/source examples/qwen3/src/print-fits-table.ts */
import { fitsTable } from './fits-table.ts'

for (const backend of ['native-cpu', 'native-cuda-bf16'] as const)
  console.log(`${backend}\n\n${fitsTable(backend)}\n`)
