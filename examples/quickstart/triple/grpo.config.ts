import type { RunConfig } from 'icrl'
import { tripleGrpo } from '../src/appliance-arms.ts'
import type { ApplianceTask } from '../src/appliance-world.ts'

const run: RunConfig<ApplianceTask> = tripleGrpo()

export default run
