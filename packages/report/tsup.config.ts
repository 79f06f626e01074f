import { library } from '@icrl/tsup-config'

export default { ...library(['src/index.ts']), onSuccess: 'node scripts/bundle-page.mjs' }
