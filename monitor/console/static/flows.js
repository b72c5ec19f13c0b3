// The Sankey and the map of /flows; the tables on the page hold the same numbers.
"use strict";
(async () => {
  const charts = document.getElementById("charts");
  if (!charts || !window.echarts) return;
  const [sankey, map] = [document.getElementById("sankey"), document.getElementById("map")];
  const links = (await (await fetch(charts.dataset.from)).json()).links.slice(0, 40);
  const world = await (await fetch(map.dataset.world)).json();
  echarts.registerMap("world", world);
  const open = (event) => { if (event.data && event.data.href) location.href = event.data.href; };
  const told = (one) => `${one.supplier} → ${one.recipient}: ${one.least ? "at least " : ""}${one.alerts}`;
  const drawn = [];

  const draw = () => {
    const css = getComputedStyle(document.documentElement);
    const colour = (name) => css.getPropertyValue(`--${name}`).trim();
    const text = { color: colour("ink"), fontFamily: "inherit" };
    // Rich text, not HTML: names are shown as text, and no inline style is needed.
    const tooltip = { renderMode: "richText", backgroundColor: colour("paper"), textStyle: text,
      formatter: (event) => (event.data && event.data.told) || event.name };
    const names = (side, key) => [...new Set(links.map((l) => l[key]))].map((name) => ({
      name: `${side} ${name}`, label: { formatter: name, position: side === "to" ? "left" : "right" },
      itemStyle: { color: colour(side === "from" ? "link" : "high") } }));
    const flows = { tooltip, animation: false, series: [{
      type: "sankey", left: 8, right: 8, top: 8, bottom: 8, nodeGap: 10, nodeWidth: 12,
      emphasis: { focus: "adjacency" }, label: text, lineStyle: { color: "gradient", opacity: 0.35 },
      data: [...names("from", "supplier"), ...names("to", "recipient")],
      links: links.map((one) => ({ source: `from ${one.supplier}`, target: `to ${one.recipient}`,
        value: one.alerts, told: told(one), href: one.href })) }] };
    const placed = links.filter((one) => one.from && one.to);
    const most = Math.max(1, ...placed.map((one) => one.alerts));
    const lands = { tooltip, animation: false,
      geo: { map: "world", roam: true, silent: true, left: 0, right: 0, top: 0, bottom: 0,
        itemStyle: { areaColor: colour("tint"), borderColor: colour("line") } },
      series: [{ type: "lines", coordinateSystem: "geo", symbol: ["none", "arrow"], symbolSize: 8,
        lineStyle: { color: colour("high"), opacity: 0.65, curveness: 0.25 },
        data: placed.map((one) => ({ coords: [one.from, one.to], told: told(one), href: one.href,
          lineStyle: { width: 1 + (3 * one.alerts) / most } })) }] };
    [[sankey, flows], [map, lands]].forEach(([box, option], at) => {
      box.hidden = false;
      drawn[at] ??= echarts.init(box, null, { renderer: "svg" });
      drawn[at].setOption(option, true);
      drawn[at].off("click");
      drawn[at].on("click", open);
    });
  };

  draw();
  addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
