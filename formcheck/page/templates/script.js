"use strict";
// Anything with data-at jumps to its moment in the film. In a chart the arrow keys go from mark to mark, one of which
// the Tab key reaches; a click beside the marks takes the nearest. Without this script the links lead to the film.
(() => {
  const film = document.querySelector("video");
  const said = document.querySelector(".where");
  const marksOf = (chart) => [...chart.querySelectorAll("a[data-at]")];

  const jump = (mark) => {
    film.pause();
    film.currentTime = Number(mark.dataset.at) + 0.002; // rounded down, it would show the frame before
    film.scrollIntoView({ block: "nearest" });
    document.querySelectorAll(".chosen").forEach((old) => old.classList.remove("chosen"));
    mark.classList.add("chosen");
    said.textContent = mark.getAttribute("aria-label") || "";
  };

  const nearest = (chart, event) => {
    const away = (mark) => {
      const box = mark.getBoundingClientRect();
      const [across, down] = [box.x + box.width / 2 - event.clientX, box.y + box.height / 2 - event.clientY];
      return Math.abs(across) + 0.1 * Math.abs(down); // time runs across
    };
    return marksOf(chart).reduce((best, mark) => (away(mark) < away(best) ? mark : best));
  };

  const walk = (chart) => {
    const marks = marksOf(chart);
    const reach = (chosen) => marks.forEach((mark) => mark.setAttribute("tabindex", mark === chosen ? "0" : "-1"));
    reach(marks[0]);
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -marks.length, End: marks.length };
    chart.addEventListener("keydown", (event) => {
      const here = marks.indexOf(document.activeElement);
      if (here < 0 || !(event.key in steps)) return;
      event.preventDefault();
      const next = marks[Math.min(Math.max(here + steps[event.key], 0), marks.length - 1)];
      reach(next);
      next.focus();
    });
  };

  if (!film) return;
  const missed = () => {
    film.hidden = document.querySelector(".beside").hidden = true;
    document.querySelector(".gone").hidden = false;
  };
  film.addEventListener("error", missed);
  if (film.error) missed();
  document.addEventListener("click", (event) => {
    const chart = event.target.closest("svg.chart");
    const mark = event.target.closest("[data-at]") || (chart && marksOf(chart).length ? nearest(chart, event) : null);
    if (!mark) return;
    event.preventDefault();
    jump(mark);
  });
  document.querySelectorAll("svg.chart").forEach((chart) => marksOf(chart).length && walk(chart));

  const heads = [...document.querySelectorAll("svg.clip")].map((chart) => [chart, chart.querySelector(".playhead")]);
  film.addEventListener("timeupdate", () => {
    for (const [chart, head] of heads) {
      const { begin, end, until } = chart.dataset;
      const share = Math.min(film.currentTime / Number(until), 1);
      head.setAttribute("transform", `translate(${share * (end - begin)} 0)`);
    }
  });
})();
