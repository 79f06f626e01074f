import type { Theme } from 'vitepress'
import DefaultTheme from 'vitepress/theme'
import { LiveTraining } from './live-training.ts'
import './site.css'

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp: ({ app }) => void app.component('LiveTraining', LiveTraining),
}

export default theme
