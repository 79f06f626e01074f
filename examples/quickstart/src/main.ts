/**
 * The quickstart: ICRL, GRPO, ICRL with a shuffled critique and ICRL with replay on one task, at
 * equal sampled tokens, on this machine.
 *
 *     npm run quickstart                       # 60,000 sampled tokens per arm, curves at the end
 *     npm run quickstart -- --tokens 20000 --out runs/short
 */
import { runCommand } from './run-command.ts'

process.exitCode = await runCommand(process.argv.slice(2))
