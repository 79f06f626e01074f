import type { RunConfig } from 'icrl'
import { leakAnnealed } from '../src/appliance-arms.ts'
import type { ApplianceTask } from '../src/appliance-world.ts'

const run: RunConfig<ApplianceTask> = leakAnnealed(20)

export default run
