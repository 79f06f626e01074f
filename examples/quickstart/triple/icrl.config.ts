import { tripleIcrl } from '../src/appliance-arms.ts'

export default tripleIcrl()
