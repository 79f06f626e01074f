import type { RunConfig } from 'icrl'
import { tinyAgentic } from '../../../src/index.ts'

const run: RunConfig = tinyAgentic('searchqa', 'icrl')

export default run
