// oxlint-disable-next-line import/no-unassigned-import -- that is how Vite takes a stylesheet
import './style.css'

export { default } from 'vitepress/theme-without-fonts'
