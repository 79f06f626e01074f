import type { RunConfig } from 'icrl'
import { shopGrpo } from '../src/arms.ts'
import type { ShopTask } from '../src/shop.ts'

const run: RunConfig<ShopTask> = shopGrpo()

export default run
