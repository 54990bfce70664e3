# Runs the filters of a pipeline over documents, where Logstash itself is not to be had. What it stands on is real: the
# Ruby of Logstash (JRuby, so its regular expressions and the code of ruby filters run as there) and the grok engine and
# patterns of Elasticsearch. What it stands in for is Logstash's event and the few plugins below, written after their
# documentation; an option that it doesn't know stops it.
#
# Reads {"environment": {}, "body": [...], "documents": [...]}, writes {"documents": [...], "seconds": …}.
require "json"
require "java"
require "digest"
require "securerandom"

# Where a field is to be set inside one that is no object.
class FieldError < StandardError
end

class Event
  def initialize(document)
    @data, @metadata = document, {}
  end

  def get(reference)
    path(reference).reduce(root(reference)) { |inner, key| inner.is_a?(Hash) ? inner[key] : nil }
  end

  def set(reference, value)
    *way, last = path(reference)
    inner = way.reduce(root(reference)) do |one, key|
      one[key] = {} if one[key].nil?
      raise FieldError, reference unless one[key].is_a?(Hash)
      one[key]
    end
    inner[last] = value
  end

  def remove(reference)
    *way, last = path(reference)
    inner = way.reduce(root(reference)) { |one, key| one.is_a?(Hash) ? one[key] : nil }
    inner.delete(last) if inner.is_a?(Hash)
  end

  def cancel
    @data = nil
  end

  def tag(name)
    set("tags", (Array(get("tags")) + [name]).uniq)
  end

  def sprintf(text)
    text.gsub(/%\{([^}]+)\}/) { (value = get($1)).nil? ? $~[0] : value.to_s }
  end

  def to_hash
    @data&.dup
  end

  private

  def path(reference)
    # https://github.com/elastic/logstash: logstash-core/src/main/java/org/logstash/FieldReference.java
    raise ArgumentError, "Invalid FieldReference" if reference.match?(/\A[^\[].*[\[\]]/m)
    names = reference.start_with?("[") ? reference.scan(/\[([^\[\]]+)\]/).flatten : [reference]
    names[0] == "@metadata" ? names.drop(1) : names
  end

  def root(reference)
    reference.start_with?("[@metadata]") ? @metadata : @data
  end
end

class Logger
  def error(*said)
    warn(said.inspect)
  end
end

# What an option may be left to say to all filters: https://www.elastic.co/docs/reference/logstash/plugins/plugins-filters-mutate
module Common
  def self.apply(event, options)
    options.fetch("add_field", {}).each { |name, value| event.set(event.sprintf(name), event.sprintf(value)) }
    Array(options["remove_field"]).each { |name| event.remove(name) }
    Array(options["add_tag"]).each { |name| event.tag(name) }
  end
end

class RubyFilter
  def initialize(options)
    @logger = Logger.new
    eval(options["init"], binding, "init") if options["init"]
    eval("define_singleton_method(:run) { |event|\n#{options["code"]}\n}", binding, "code")
  end

  def filter(event)
    run(event)
  rescue FieldError
    event.tag("_rubyexception")
  end
end

class JsonFilter
  def initialize(options)
    @options = options
  end

  def filter(event)
    event.set(@options["target"], JSON.parse(event.get(@options["source"]), max_nesting: 1000))
  rescue JSON::ParserError, TypeError
    event.tag("_jsonparsefailure") unless @options["skip_on_invalid_json"] == "true"
  end
end

class GrokFilter
  Bank = org.elasticsearch.grok.PatternBank
  Engine = org.elasticsearch.grok.Grok

  def initialize(options)
    named = options.fetch("pattern_definitions", {}).to_a
    bank = org.elasticsearch.grok.GrokBuiltinPatterns.ecsV1Patterns.extendWith(named.to_h)
    # It interrupts a match that takes longer, as Logstash's does.
    watchdog = org.elasticsearch.grok.MatcherWatchdog.newInstance(options.fetch("timeout_millis", 30_000))
    quiet = proc { |_| nil }
    @match = options["match"].map { |field, patterns| [field, Array(patterns).map { |one| Engine.new(bank, one, watchdog, quiet) }] }
    @failed = Array(options.fetch("tag_on_failure", ["_grokparsefailure"]))
    @timeout = options.fetch("tag_on_timeout", "_groktimeout")
  end

  def filter(event)
    @match.each do |field, patterns|
      text = event.get(field)
      next unless text.is_a?(String)
      patterns.each do |one|
        found = one.captures(text)
        next if found.nil?
        found.each { |name, value| event.set(name, value) unless value.nil? || value == "" }
        return
      end
    end
    @failed.each { |tag| event.tag(tag) }
  rescue FieldError
    nil # logged only
  rescue java.lang.RuntimeException => error
    raise unless error.message.to_s.include?("interrupted")
    event.tag(@timeout)
  end
end

class MutateFilter
  def initialize(options)
    @gsub = options.fetch("gsub", []).each_slice(3).map { |field, pattern, by| [field, Regexp.new(pattern), by] }
  end

  def filter(event)
    @gsub.each { |field, pattern, by| event.set(field, event.get(field).gsub(pattern, by)) if event.get(field).is_a?(String) }
  end
end

class FingerprintFilter
  def initialize(options)
    @options = options
  end

  def filter(event)
    return event.set(@options["target"], SecureRandom.uuid) if @options["method"] == "UUID"
    text = @options["source"].map { |name| "|#{name}|#{event.get(name)}" }.join + "|"
    event.set(@options["target"], Digest::SHA256.hexdigest(text))
  end
end

FILTERS = {
  "ruby" => [RubyFilter, %w[init code]],
  "json" => [JsonFilter, %w[source target skip_on_invalid_json]],
  "grok" => [GrokFilter, %w[match pattern_definitions tag_on_failure timeout_millis timeout_scope tag_on_timeout]],
  "mutate" => [MutateFilter, %w[gsub]],
  "fingerprint" => [FingerprintFilter, %w[source concatenate_sources method target]],
}
COMMON = %w[id add_field remove_field add_tag]

def truth(condition, event)
  word, left, right = condition
  case word
  when "and" then truth(left, event) && truth(right, event)
  when "or" then truth(left, event) || truth(right, event)
  when "not" then !truth(left, event)
  when "=~" then (text = value(left, event)).is_a?(String) && right[1].match?(text)
  when "!~" then !truth(["=~", left, right], event)
  when "==" then value(left, event) == value(right, event)
  when "!=" then value(left, event) != value(right, event)
  when "in" then Array(value(right, event)).include?(value(left, event))
  when "field" then ![nil, false].include?(event.get(left))
  else raise "no such condition: #{word}"
  end
end

def value(side, event)
  side[0] == "field" ? event.get(side[1]) : side[1]
end

def built(body, environment)
  body.map do |one|
    if one["branch"]
      ways = one["branch"].map { |condition, inside| [ready(condition), built(inside, environment)] }
      next lambda do |event|
        way = ways.find { |condition, _| condition.nil? || truth(condition, event) }
        way[1].each { |step| step.call(event) } if way
      end
    end
    filter_class, known = FILTERS.fetch(one["plugin"])
    options = expanded(one["options"].to_h, environment)
    unknown = options.keys - known - COMMON
    raise "#{one["plugin"]}: nothing here stands in for #{unknown.join(", ")}" unless unknown.empty?
    filter = filter_class.new(options)
    lambda do |event|
      filter.filter(event)
      Common.apply(event, options)
    end
  end
end

def ready(condition)
  return condition unless condition.is_a?(Array)
  return ["regexp", Regexp.new(condition[1])] if condition[0] == "regexp"
  condition.map { |one| ready(one) }
end

def expanded(value, environment)
  case value
  when String then value.gsub(/\$\{([A-Za-z_.][\w.]*)(?::([^}]*))?\}/) { environment[$1] || $2 || raise("#{$1} isn't set") }
  when Array then value.map { |one| expanded(one, environment) }
  when Hash then value.map { |name, one| [name, expanded(one, environment)] }.to_h
  else value
  end
end

org.elasticsearch.common.logging.LogConfigurator.configureESLogging
asked = JSON.parse($stdin.read)
answers = asked["runs"].map do |run|
  steps = built(run["body"], run["environment"])
  started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  # As workers do, several at once share the filters.
  documents = run["documents"].map { |document| Event.new(document) }
  4.times.map { |first|
    Thread.new { (first...documents.size).step(4) { |at| steps.each { |step| step.call(documents[at]) if documents[at].to_hash } } }
  }.each(&:join)
  documents.map!(&:to_hash)
  {"documents" => documents, "seconds" => Process.clock_gettime(Process::CLOCK_MONOTONIC) - started}
end
$stdout.write(JSON.generate(answers))
