import { leakUnweighted } from '../src/appliance-arms.ts'

export default leakUnweighted()
