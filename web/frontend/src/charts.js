// <chart-view data='{"labels": […], "bars": {"name": …, "values": […], "texts": […]}, "line": {the same}}'>: bars, a line,
// or both, each value with its text beside it. A table with the same figures stands beneath every chart, so the canvas
// is only a picture of it. Colours are those of tokens.css, read again when the theme changes.
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([BarChart, LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

const MOST_TEXTS = 14; // more of them would cover each other

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Where there is no room for every text, the largest value and the last one have theirs.
function withText(values, isCrowded) {
  if (!isCrowded) return values.map(Boolean);
  const most = values.indexOf(Math.max(...values));
  const last = values.findLastIndex((value) => value !== null);
  return values.map((value, place) => Boolean(value) && (place === most || place === last));
}

function series(type, { name, values, texts }, colour, text, axis, isCrowded) {
  const hasText = withText(values, isCrowded);
  return {
    type,
    name,
    yAxisIndex: axis,
    data: values,
    connectNulls: true,
    symbolSize: 7,
    barMaxWidth: 56,
    itemStyle: { color: colour, borderRadius: type === 'bar' ? [3, 3, 0, 0] : 0 },
    lineStyle: { color: colour, width: 2.5 },
    label: {
      show: true,
      position: 'top',
      color: text,
      fontSize: 12,
      textBorderColor: token('--bpmn-fill'),
      textBorderWidth: 3,
      formatter: ({ dataIndex }) => (hasText[dataIndex] ? texts[dataIndex] : ''),
    },
    tooltip: { valueFormatter: (_value, index) => texts[index] },
    animation: false,
  };
}

function picture({ labels, bars, line }, width) {
  const [ink, faint, rule] = ['--bpmn-text', '--tblr-secondary', '--chart-rule'].map(token);
  const parts = [bars, line].filter(Boolean);
  const crowded = labels.length > Math.min(MOST_TEXTS, width / 56);
  const axis = { type: 'value', axisLabel: { show: false }, splitLine: { show: false } };
  return {
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
    grid: { left: 8, right: 8, top: 28, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      backgroundColor: token('--bpmn-fill'),
      borderColor: rule,
      textStyle: { color: ink },
    },
    xAxis: {
      type: 'category',
      data: labels,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: rule } },
      axisLabel: { color: faint, hideOverlap: true },
    },
    yAxis: parts.map((part) => ({ ...axis, min: 0, max: part.most })),
    series: parts.map((part, place) => (part === line
      ? series('line', part, token('--chart-line'), ink, place, crowded)
      : series('bar', part, token('--chart-bar'), ink, place, crowded))),
  };
}

class ChartView extends HTMLElement {
  connectedCallback() {
    if (this.chart) return;
    this.box = document.createElement('div');
    this.box.className = 'chart-canvas';
    this.append(this.box);
    this.chart = init(this.box, null, { renderer: 'canvas' });
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this);
    this.theming = new MutationObserver(() => this.draw());
    this.theming.observe(document.documentElement, { attributeFilter: ['data-bs-theme'] });
    this.draw();
    this.dataset.ready = 'true';
  }

  disconnectedCallback() {
    this.resizing?.disconnect();
    this.theming?.disconnect();
    this.chart?.dispose();
    this.box?.remove();
    this.chart = undefined;
  }

  draw() {
    if (!this.clientWidth) return;
    this.chart.resize();
    this.chart.setOption(picture(JSON.parse(this.getAttribute('data')), this.clientWidth), true);
  }

  save() {
    const link = document.createElement('a');
    link.href = this.chart.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: token('--bpmn-fill') });
    link.download = this.getAttribute('file');
    link.click();
  }
}

customElements.define('chart-view', ChartView);

document.addEventListener('click', (event) => {
  event.target.closest('[data-chart-save]')?.closest('[data-chart]').querySelector('chart-view').save();
});
