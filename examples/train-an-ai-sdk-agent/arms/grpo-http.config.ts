import type { RunConfig } from 'icrl'
import { overHttp, shopGrpo } from '../src/arms.ts'
import type { ShopTask } from '../src/shop.ts'

const run: RunConfig<ShopTask> = shopGrpo({ attempt: overHttp })

export default run
