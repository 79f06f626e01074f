import type { RunConfig } from 'icrl'
import { tinyAgentic } from '../../../src/index.ts'

const run: RunConfig = tinyAgentic('webshop', 'icrl')

export default run
