
# ---- Collect ------------------------------------------------------------------------------------------------------------------

# A folder for the support: versions, service state, counters, last log lines, events. No configuration, no environment, no arguments.
function Invoke-Collect {
    $Record = Read-Record
    if (-not $Record) { Stop-Run "$($Run.Release.product.title) is not installed" '' 2 }
    $Release = Get-Release $Record.current.version
    $Folder = Join-Path (Get-StateFolder) ('collect-' + [DateTime]::UtcNow.ToString('yyyyMMddTHHmmssZ'))
    if (-not $Run.Cmdlet.ShouldProcess($Folder, 'collect')) { return }
    New-Item -ItemType Directory -Path $Folder -Force | Out-Null
    foreach ($Path in (Get-RecordPath), (Get-JournalPath)) { if (Test-Path -LiteralPath $Path) { Copy-Item -LiteralPath $Path -Destination $Folder } }
    $System = Get-CimInstance -ClassName Win32_OperatingSystem
    $Lines = @("$($Release.product.title) $($Release.product.version)", "$($System.Caption) $($System.BuildNumber)", "PowerShell $($PSVersionTable.PSVersion)")
    foreach ($Unit in @(Get-Instance $Release)) {
        $Name = $Unit.Instance.service_name
        $Key = Get-ServiceKey $Name
        $Lines += '', $Name, "  $(Get-ServiceStatus $Name)"
        foreach ($Value in 'Start', 'DelayedAutostart', 'ObjectName', 'ServiceSidType') { $Lines += "  $Value = $(Get-KeyValue $Key $Value)" }
        $Lines += (Invoke-Native 'sc.exe' @('query', $Name) -Expect 0, 1060).Output
        $Lines += Get-ProcessCounter $Name
        $Log = Get-LogFile $Name
        if ($Log -and (Test-Path -LiteralPath $Log)) { Get-Content -LiteralPath $Log -Tail 200 -Encoding UTF8 | Set-Content -LiteralPath (Join-Path $Folder "$(ConvertTo-FolderName $Name).log") -Encoding UTF8 }
    }
    Set-Content -LiteralPath (Join-Path $Folder 'state.txt') -Value $Lines -Encoding UTF8
    $Events = foreach ($Source in @($Release.services | ForEach-Object { $_.event_source } | Select-Object -Unique)) { Get-EventText $Source }
    Set-Content -LiteralPath (Join-Path $Folder 'events.txt') -Value @($Events) -Encoding UTF8
    Add-Change "collected in $Folder"
}

# The log file of a service whose host is ours, as the host finds it: from its settings on this server, symbols filled in.
function Get-LogFile {
    param([string] $Name)
    $Key = (Get-ServiceKey $Name) + '\Parameters'
    $Text = Get-KeyValue $Key 'LogFile'
    if (-not $Text) { return $null }
    $Places = @{ install_dir = 'InstallDirectory'; config_dir = 'ConfigDirectory'; data_dir = 'DataDirectory'; log_dir = 'LogDirectory'; instance = 'Instance' }
    $Path = ''
    $Last = 0
    foreach ($Match in [regex]::Matches($Text, '\{\{\s*(?:(port|property)\.)?([A-Za-z0-9_]+)\s*\}\}')) {
        $Symbol = $Match.Groups[2].Value
        $Value = switch ($Match.Groups[1].Value) {
            'port' { Get-KeyValue "$Key\Ports" $Symbol }
            'property' { Get-KeyValue "$Key\Properties" $Symbol }
            default { if ($Places.ContainsKey($Symbol)) { "$(Get-KeyValue $Key $Places[$Symbol])".TrimEnd('\') } }
        }
        $Path += $Text.Substring($Last, $Match.Index - $Last) + $Value
        $Last = $Match.Index + $Match.Length
    }
    return $Path + $Text.Substring($Last)
}

# The last events of a source, whose name may have an apostrophe but no quotation mark.
function Get-EventText {
    param([string] $Source)
    $Quote = if ($Source.Contains("'")) { '"' } else { "'" }
    $Query = "/q:*[System[Provider[@Name=$Quote$Source$Quote]]]"
    return (Invoke-Native 'wevtutil.exe' @('qe', 'Application', $Query, '/c:100', '/rd:true', '/f:text') -Expect 0, 1, 87, 15001, 15007).Output
}

# The numbers of a service's process, one a line.
function Get-ProcessCounter {
    param([string] $Name)
    $Service = Get-CimInstance -ClassName Win32_Service | Where-Object { $_.Name -eq $Name } | Select-Object -First 1
    if (-not $Service -or -not $Service.ProcessId) { return }
    $Process = Get-Process -Id $Service.ProcessId -ErrorAction SilentlyContinue
    if (-not $Process) { return }
    "  process $($Process.Id), since $($Process.StartTime.ToUniversalTime().ToString('s'))Z"
    '  {0:N1} MB of memory, {1} threads, {2} handles, {3:N1} s of processor time' -f ($Process.WorkingSet64 / 1MB), $Process.Threads.Count, $Process.HandleCount, $Process.TotalProcessorTime.TotalSeconds
}
