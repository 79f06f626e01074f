import type { RunConfig } from 'icrl'
import { tripleGrpoReplay } from '../src/appliance-arms.ts'
import type { ApplianceTask } from '../src/appliance-world.ts'

const run: RunConfig<ApplianceTask> = tripleGrpoReplay()

export default run
