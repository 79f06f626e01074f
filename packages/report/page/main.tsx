import { render } from 'preact'
import type { ReportData } from '../src/page-data/report-data.ts'
import { App } from './app.tsx'

const data = JSON.parse(document.getElementById('report-data')!.textContent!) as ReportData
const page = document.getElementById('page')!
page.textContent = ''
render(<App data={data} />, page)
