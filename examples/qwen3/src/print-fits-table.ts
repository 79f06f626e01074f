/** Prints the table of README.md: npx tsx --conditions=@icrl/source examples/qwen3/src/print-fits-table.ts */
import { fitsTable } from './fits-table.ts'

console.log(fitsTable())
