import type { RunConfig } from 'icrl'
import { leakIcrl } from '../src/appliance-arms.ts'
import type { ApplianceTask } from '../src/appliance-world.ts'

const run: RunConfig<ApplianceTask> = leakIcrl({ replay: { steps: 10, most: 128 } })

export default run
