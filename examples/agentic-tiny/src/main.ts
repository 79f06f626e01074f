/**
 * Agentic training in miniature: ICRL and GRPO on TextCraft with a tiny model, at equal sampled
 * tokens, on this machine.
 *
 *     pnpm --dir examples/agentic-tiny start
 *     pnpm --dir examples/agentic-tiny start --tokens 60000 --out runs/short
 */
import { runCommand } from './run-command.ts'

process.exitCode = await runCommand(process.argv.slice(2))
