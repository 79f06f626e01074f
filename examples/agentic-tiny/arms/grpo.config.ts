import type { RunConfig } from 'icrl'
import { craftingGrpo } from '../src/arms.ts'
import type { KitTask } from '../src/crafting-world.ts'

const run: RunConfig<KitTask> = craftingGrpo()

export default run
