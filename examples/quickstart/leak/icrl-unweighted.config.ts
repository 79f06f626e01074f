import type { RunConfig } from 'icrl'
import { leakUnweighted } from '../src/appliance-arms.ts'
import type { ApplianceTask } from '../src/appliance-world.ts'

const run: RunConfig<ApplianceTask> = leakUnweighted()

export default run
