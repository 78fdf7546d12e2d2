
# ---- Health -------------------------------------------------------------------------------------------------------------------

# The HTTP status of a GET without proxy and without redirects, 0 when there is no answer.
function Get-HttpStatus {
    param([string] $Url, [int] $TimeoutMs)
    try {
        $Request = [Net.WebRequest]::Create($Url)
        $Request.Timeout = $TimeoutMs
        $Request.Proxy = $null
        $Request.AllowAutoRedirect = $false
        $Request.KeepAlive = $false
        $Response = $Request.GetResponse()
        $Status = [int]$Response.StatusCode
        $Response.Close()
        return $Status
    }
    catch {
        $Cause = $_.Exception
        while ($Cause -and -not ($Cause -is [Net.WebException])) { $Cause = $Cause.InnerException }
        if ($Cause -and $Cause.Response) { return [int]$Cause.Response.StatusCode }
        return 0
    }
}

function Test-OpenPort {
    param([int] $Port, [int] $TimeoutMs)
    $Client = New-Object System.Net.Sockets.TcpClient
    try { return $Client.ConnectAsync('127.0.0.1', $Port).Wait($TimeoutMs) -and $Client.Connected }
    catch { return $false }
    finally { $Client.Close() }
}

# One probe of an instance: $true, $false, or nothing when the service has no health check.
function Test-Instance {
    param([object] $Unit)
    $Health = $Unit.Service.health
    if (-not $Health) { return $null }
    $Timeout = $Unit.Release.rollout.probe_timeout_ms
    $Port = ($Unit.Instance.ports | Where-Object { $_.name -eq $Health.port }).port
    if ($Health.http_path) { return (Get-HttpStatus "http://127.0.0.1:$Port$($Health.http_path)" $Timeout) -eq 200 }
    return Test-OpenPort $Port $Timeout
}

# Waits until the service manager has the service running, and for as many good probes in a row as the rollout asks for.
function Wait-Ready {
    param([object] $Unit)
    $Name = $Unit.Instance.service_name
    $Rollout = $Unit.Release.rollout
    $Health = $Unit.Service.health
    $Patience = if ($Health) { $Health.within_ms + $Rollout.probes * $Rollout.probe_interval_ms } else { 30000 + (Get-MinimumUptime $Unit) }
    $Deadline = [DateTime]::UtcNow.AddMilliseconds($Patience)
    $Good = 0
    while ($true) {
        if ($Health) { if (Test-Instance $Unit) { $Good++ } else { $Good = 0 } }
        $Status = Get-ServiceStatus $Name
        if ($Status -eq 'Running' -and (-not $Health -or $Good -ge $Rollout.probes)) { return }
        if (@('Running', 'StartPending') -notcontains $Status) { Stop-Run "service ``$Name`` ended while it was started" 'its log says why' }
        if ([DateTime]::UtcNow -gt $Deadline) { Stop-Run "service ``$Name`` did not become $(if ($Health) { 'healthy' } else { 'running' }) within $Patience ms" 'its log says why' }
        Start-Sleep -Milliseconds $(if ($Health) { $Rollout.probe_interval_ms } else { 100 })
    }
}

# How long a service without health check must live to count as started; 0 where it says so itself.
function Get-MinimumUptime {
    param([object] $Unit)
    $Found = @($Unit.Service.parameters | Where-Object { $_.name -eq 'MinimumUptimeMilliseconds' })
    if ($Found.Count -gt 0) { return [int]@($Found[0].data)[0] }
    return 0
}

# Judges the new version for the time of the window: success rate of the probes, then Prometheus. No data is no success.
function Assert-Success {
    param([object] $Release, [string] $Slot)
    $Rollout = $Release.rollout
    $Slotted = @(Get-Instance $Release $Slot | Where-Object { $_.Instance.slot })
    if (@($Slotted | Where-Object { Test-MeantToRun $_ }).Count -eq 0) {
        Write-Line '    not judged: no instance is to run on this server'
        return
    }
    $Units = @($Slotted | Where-Object { $_.Service.health -and (Test-MeantToRun $_) })
    $Deadline = [DateTime]::UtcNow.AddMilliseconds($Rollout.window_ms)
    $Total = 0
    $Good = 0
    while ([DateTime]::UtcNow -lt $Deadline) {
        foreach ($Unit in $Units) {
            $Total++
            if (Test-Instance $Unit) { $Good++ }
        }
        Start-Sleep -Milliseconds ([Math]::Min(200, $Rollout.probe_interval_ms))
    }
    if ($Total -eq 0) { Stop-Run 'the probe gave no data, so the new version cannot be judged' 'give a service a health check' }
    $Rate = 100.0 * $Good / $Total
    Write-Line ('    {0} of {1} probes good' -f $Good, $Total)
    if ($Rate -lt $Rollout.success_percent) {
        Stop-Run ('only {0:0.##} % of the probes were good, {1} % are asked for' -f $Rate, $Rollout.success_percent) 'the log of the new version says why'
    }
    if ($Rollout.prometheus) { Assert-PrometheusRate $Rollout }
}

function Assert-PrometheusRate {
    param([object] $Rollout)
    $New = Get-PrometheusValue $Rollout.prometheus.url $Rollout.prometheus.new
    if ($null -eq $New) { Stop-Run 'Prometheus has no data for the new version' 'is the new instance scraped? try the query by hand' }
    if ($New -lt $Rollout.success_percent) { Stop-Run ('Prometheus: only {0:0.##} % of the new version''s requests succeed' -f $New) }
    if (-not $Rollout.prometheus.old) { return }
    $Old = Get-PrometheusValue $Rollout.prometheus.url $Rollout.prometheus.old
    if ($null -eq $Old) { Stop-Run 'Prometheus has no data for the old version' 'try the query by hand' }
    if ($New -lt $Old - $Rollout.prometheus.tolerance_percent) {
        Stop-Run ('Prometheus: the new version succeeds in {0:0.##} %, the old one in {1:0.##} %' -f $New, $Old)
    }
}

# The one number of an instant query, or nothing (Prometheus HTTP API, /api/v1/query).
function Get-PrometheusValue {
    param([string] $Url, [string] $Query)
    try {
        # Windows PowerShell offers old versions of TLS only, unless told.
        [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
        $Request = [Net.WebRequest]::Create($Url.TrimEnd('/') + '/api/v1/query?query=' + [Uri]::EscapeDataString($Query))
        $Request.Timeout = 10000
        $Reader = New-Object System.IO.StreamReader($Request.GetResponse().GetResponseStream())
        $Answer = $Reader.ReadToEnd() | ConvertFrom-Json
        $Reader.Close()
    }
    catch { return $null }
    $Results = @($Answer.data.result)
    if ($Results.Count -ne 1) { return $null }
    $Number = 0.0
    $Culture = [Globalization.CultureInfo]::InvariantCulture
    if (-not [double]::TryParse([string]$Results[0].value[1], [Globalization.NumberStyles]::Float, $Culture, [ref]$Number)) { return $null }
    if ([double]::IsNaN($Number)) { return $null }
    return $Number
}
