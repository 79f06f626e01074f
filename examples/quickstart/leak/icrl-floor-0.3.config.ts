import type { RunConfig } from 'icrl'
import { leakIcrl } from '../src/appliance-arms.ts'
import type { ApplianceTask } from '../src/appliance-world.ts'

const run: RunConfig<ApplianceTask> = leakIcrl({ minWeight: 0.3 })

export default run
