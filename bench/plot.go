package main

import (
	"errors"
	"math"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// chart is lines over one axis.
type chart struct {
	title string
	x, y  string // what the axes are
	lines []line
	marks plot.Ticker // along x; nil: as it fits
	log   bool        // y is logarithmic, for values above 0
}

// line is one of them. x and y are as long as each other.
type line struct {
	name string
	x, y []float64
}

// overRounds is a line with a point for each round.
func overRounds(name string, values []float64) line {
	l := line{name: name, y: values}
	for i := range values {
		l.x = append(l.x, float64(i+1))
	}
	return l
}

const (
	chartWidth  = 20 * vg.Centimeter
	chartHeight = 12 * vg.Centimeter
	margin      = 0.5 * vg.Centimeter
)

// draw writes the chart as an SVG beside the figures.
func (b *bench) draw(name string, c chart) (err error) {
	p, err := c.plot()
	if err != nil {
		return err
	}
	canvas := vgsvg.New(chartWidth, chartHeight)
	p.Draw(draw.Crop(draw.New(canvas), margin, -margin, margin, -margin))
	file, err := os.Create(filepath.Join(b.results, name+".svg"))
	if err != nil {
		return err
	}
	_, err = canvas.WriteTo(file)
	return errors.Join(err, file.Close())
}

func (c chart) plot() (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.title, c.x, c.y
	p.Legend.Top, p.Legend.Left, p.Legend.XOffs = true, true, margin
	p.Add(plotter.NewGrid())
	if c.marks != nil {
		p.X.Tick.Marker = c.marks
	}
	for i, l := range c.lines {
		points := make(plotter.XYs, len(l.x))
		for j := range points {
			points[j] = plotter.XY{X: l.x[j], Y: l.y[j]}
		}
		drawn, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, err
		}
		drawn.Color, marks.Color, marks.Shape = plotutil.Color(i), plotutil.Color(i), plotutil.Shape(i)
		p.Add(drawn, marks)
		p.Legend.Add(l.name, drawn, marks)
	}
	c.scale(&p.Y)
	return p, nil
}

// scale lets the axis begin at 0, or a logarithmic one comprise whole powers of ten.
func (c chart) scale(y *plot.Axis) {
	if !c.log {
		y.Min = 0
		return
	}
	y.Scale, y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	y.Min = math.Pow(10, math.Floor(math.Log10(y.Min)))
	y.Max = math.Pow(10, math.Ceil(math.Log10(y.Max)))
}
